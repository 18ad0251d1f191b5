// The beats of the input stream, stored until LOAD takes them.
//
// tready_o depends on nothing but the fill level. A beat accepted in cycle a is at the head from a+2 on; pop_i takes the head,
// one a cycle. discard_i (one cycle) starts to throw away what is left of the vector that was begun; while that lasts,
// valid_o is 0. flush_i empties the buffer.
module stoic_input_buffer #(
  parameter bit [31:0] Width = 256,
  parameter bit [31:0] Depth = 64
) (
  input  logic             clk_i,
  input  logic             rst_ni,

  input  logic             tvalid_i,
  output logic             tready_o,
  input  logic             tlast_i,
  input  logic [Width-1:0] tdata_i,

  output logic             valid_o,
  output logic             last_o,
  output logic [Width-1:0] data_o,
  input  logic             pop_i,
  input  logic             discard_i,
  input  logic             flush_i
);

  localparam bit [31:0] AddressWidth = (Depth > 1) ? $clog2(Depth) : 1;
  localparam bit [31:0] CountWidth = $clog2(Depth + 1);
  logic [AddressWidth-1:0] write_address_q, read_address_q, read_address_next;
  logic [CountWidth-1:0]   count_q;
  logic                    head_valid_q, discard_q, discard_next, begun_q, begun_next, unfinished_q, unfinished_next;
  logic                    accept, take;
  logic [Width:0]          head;

  assign tready_o = count_q < CountWidth'(Depth);
  assign accept   = tvalid_i && tready_o;
  assign valid_o  = head_valid_q && !discard_q;
  assign take     = pop_i || (head_valid_q && discard_q);
  assign {last_o, data_o} = head;
  assign read_address_next = !take ? read_address_q
                           : (read_address_q == AddressWidth'(Depth - 1)) ? '0 : read_address_q + AddressWidth'(1);

  // The head is read in every cycle in which it may change, so that the next one is there at once
  stoic_memory #(
    .SliceWidth(Width + 1),
    .Depth     (Depth)
  ) u_beats (
    .clk_i,
    .write_i        (accept),
    .write_address_i(write_address_q),
    .write_data_i   ({tlast_i, tdata_i}),
    .read_i         (take || !head_valid_q),
    .read_address_i (read_address_next),
    .read_data_o    (head)
  );

  assign begun_next      = take ? !last_o : begun_q;               // a vector was taken in part
  assign unfinished_next = accept ? !tlast_i : unfinished_q;       // a vector was accepted in part
  always_comb begin
    discard_next = discard_q && !(take && last_o);
    if (discard_i && begun_next) discard_next = 1'b1;
    if (flush_i) discard_next = unfinished_next;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      write_address_q <= '0;
      read_address_q  <= '0;
      count_q         <= '0;
      head_valid_q    <= 1'b0;
      discard_q       <= 1'b0;
      begun_q         <= 1'b0;
      unfinished_q    <= 1'b0;
    end else begin
      if (accept)
        write_address_q <= (write_address_q == AddressWidth'(Depth - 1)) ? '0 : write_address_q + AddressWidth'(1);
      read_address_q <= read_address_next;
      count_q        <= count_q + CountWidth'(accept) - CountWidth'(take);
      head_valid_q   <= count_q != CountWidth'(take);  // what was accepted earlier, less what is taken now
      discard_q      <= discard_next;
      begun_q        <= begun_next;
      unfinished_q   <= unfinished_next;
      if (flush_i) begin
        read_address_q  <= '0;
        write_address_q <= '0;
        count_q         <= '0;
        head_valid_q    <= 1'b0;
        begun_q         <= 1'b0;
      end
    end
  end

endmodule
